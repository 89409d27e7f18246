import { Outlet } from '@tanstack/react-router';
import { Lock } from 'lucide-react';
import { Empty } from '@/components/ui/empty.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { TabLinks } from '@/components/ui/tabs.tsx';
import { useMay } from '@/session.ts';

const tabs = [
  { label: 'General', to: '/settings', isExact: true },
  { label: 'API keys', to: '/keys' },
  { label: 'Environments', to: '/settings/environments' },
  { label: 'Logs and retention', to: '/settings/logging' },
  { label: 'Key policy', to: '/settings/policy' },
  { label: 'Flags', to: '/settings/flags' },
  { label: 'Alerts', to: '/settings/alerts' },
];

/** What holds for the whole organisation, in parts with an address each. */
export function SettingsPage() {
  const may = useMay();
  if (!may('settings', 'read')) {
    return (
      <PageFrame title="Settings">
        <Empty icon={Lock} title="Settings are not for viewers">
          Owners and admins change them, developers read them. Ask one of them.
        </Empty>
      </PageFrame>
    );
  }
  return (
    <PageFrame title="Settings" description="They hold for the whole organisation, from the next request on.">
      <TabLinks label="Settings" tabs={tabs} className="mb-6" />
      <Outlet />
    </PageFrame>
  );
}
