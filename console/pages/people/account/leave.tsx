import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { useSession } from '@/session.ts';
import { RemoveDialog } from '../members/remove.tsx';

export function LeavePanel() {
  const { user, tenant } = useSession();
  const [isAsking, setAsking] = useState(false);
  return (
    <Panel
      title={`Leave ${tenant.name}`}
      description="Your account here, your sessions and your personal keys end. The audit log keeps what you did. The last owner cannot leave."
    >
      <Button onClick={() => setAsking(true)}>Leave</Button>
      {isAsking && <RemoveDialog member={user} isSelf onClose={() => setAsking(false)} />}
    </Panel>
  );
}
