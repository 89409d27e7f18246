import { LogList } from '@/components/logs/log-list.tsx';
import { PageFrame } from '@/components/ui/page.tsx';

export function LogsPage() {
  return (
    <PageFrame
      title="Logs"
      description="Every request with a key of this environment, admitted or refused. Open one to see what it was and why it was answered so."
    >
      <LogList />
    </PageFrame>
  );
}
