import { Badge } from '@/components/ui/badge.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Facts, PageFrame, Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useSession } from '@/session.ts';
import { LeavePanel } from './account/leave.tsx';
import { PasswordPanel } from './account/password.tsx';
import { SessionsPanel } from './account/sessions.tsx';
import { TwoFactorPanel } from './account/two-factor.tsx';

export function AccountPage() {
  return (
    <PageFrame
      title="Account and security"
      description="Who you are here, and what keeps others from being you."
    >
      <div className="flex max-w-3xl flex-col gap-4">
        <Profile />
        <PasswordPanel />
        <TwoFactorPanel />
        <SessionsPanel />
        <LeavePanel />
      </div>
    </PageFrame>
  );
}

function Profile() {
  const { user, tenant, session } = useSession();
  return (
    <Panel title="Profile">
      <Facts
        facts={[
          { label: 'Name', value: user.name },
          { label: 'E-mail address', value: user.email },
          { label: 'Role', value: <Badge>{user.role}</Badge> },
          { label: 'Organisation', value: tenant.name },
          { label: 'Member id', value: <Copyable text={user.id} /> },
          { label: 'Signed in', value: <Time at={session.createdAt} /> },
          { label: 'Until', value: <Time at={session.expiresAt} as="exact" /> },
        ]}
      />
    </Panel>
  );
}
