import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { BellRing, Ellipsis, Plus } from 'lucide-react';
import { useState } from 'react';
import { Status } from '@/components/ui/badge.tsx';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { type Column, DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { alertNames } from '@/lib/flag-names.ts';
import { problemOf } from '@/problem.ts';
import { type AlertRule, alertsQuery, deleteAlert, refreshAlerts, testAlert } from '@/queries/alerts.ts';
import { useMay } from '@/session.ts';
import { AlertDialog } from './alert-dialog.tsx';
import { AlertNotifications } from './alert-notifications.tsx';

type Doing =
  | { readonly what: 'edit' | 'delete' | 'notifications'; readonly rule: AlertRule }
  | { readonly what: 'new' };

/** Who is told of what. */
export function AlertSettings() {
  const environment = useEnvironment();
  const client = useQueryClient();
  const mayWrite = useMay()('settings', 'write');
  const query = useInfiniteQuery(alertsQuery(environment));
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  const test = async (rule: AlertRule) => {
    try {
      await testAlert(environment, rule.id);
      toast({
        title: `A test of ${rule.name} is on its way`,
        text: 'Its notifications say what became of it.',
      });
    } catch (error) {
      toast({ title: 'The test was not sent', text: problemOf(error).message, tone: 'red' });
    }
    await refreshAlerts(client);
  };
  const columns: readonly Column<AlertRule>[] = [
    {
      id: 'name',
      header: 'Name',
      isFixed: true,
      cell: (rule) => (
        <button
          type="button"
          className="truncate font-medium hover:underline"
          onClick={() => setDoing({ what: mayWrite ? 'edit' : 'notifications', rule })}
        >
          {rule.name}
        </button>
      ),
    },
    {
      id: 'conditions',
      header: 'Tells of',
      className: 'hidden md:table-cell',
      cell: (rule) => rule.conditions.map(({ code }) => alertNames[code]).join(', '),
    },
    {
      id: 'channels',
      header: 'To',
      className: 'hidden lg:table-cell',
      cell: ({ channels }) =>
        [...(channels.webhook ? ['Webhooks'] : []), ...channels.emails].join(', ') || 'Nobody yet',
    },
    {
      id: 'state',
      header: 'State',
      className: 'w-24',
      cell: (rule) => (
        <Status tone={rule.isActive ? 'green' : 'neutral'}>{rule.isActive ? 'On' : 'Off'}</Status>
      ),
    },
    {
      id: 'menu',
      header: 'Actions',
      className: 'w-12',
      isFixed: true,
      cell: (rule) => (
        <Menu
          trigger={
            <IconButton label={`Actions for ${rule.name}`} size="icon-sm">
              <Ellipsis />
            </IconButton>
          }
        >
          <MenuItem onSelect={() => setDoing({ what: 'notifications', rule })}>Notifications</MenuItem>
          {mayWrite && (
            <>
              <MenuItem onSelect={() => setDoing({ what: 'edit', rule })}>Edit</MenuItem>
              <MenuItem onSelect={() => void test(rule)}>Send a test</MenuItem>
              <MenuSeparator />
              <MenuItem tone="danger" onSelect={() => setDoing({ what: 'delete', rule })}>
                Delete
              </MenuItem>
            </>
          )}
        </Menu>
      ),
    },
  ];
  const create = mayWrite && (
    <Button tone="primary" onClick={() => setDoing({ what: 'new' })}>
      <Plus aria-hidden />
      New alert
    </Button>
  );
  return (
    <>
      <DataTable
        label="Alerts"
        columns={columns}
        query={query}
        idOf={({ id }) => id}
        toolbar={create}
        empty={
          <Empty icon={BellRing} title={`No alerts in ${environmentLabel[environment]} yet`} action={create}>
            An alert tells by e-mail or webhook when a key nears its limit, expires, fails or falls silent,
            and when that is over.
          </Empty>
        }
      />
      {doing?.what === 'new' && <AlertDialog rule={null} onClose={close} />}
      {doing?.what === 'edit' && <AlertDialog rule={doing.rule} onClose={close} />}
      {doing?.what === 'notifications' && <AlertNotifications rule={doing.rule} onClose={close} />}
      {doing?.what === 'delete' && (
        <Confirm
          title={`Delete ${doing.rule.name}?`}
          action="Delete alert"
          tone="danger"
          onClose={close}
          run={async () => {
            await deleteAlert(environment, doing.rule.id);
            await refreshAlerts(client);
          }}
        >
          <p>Nobody is told by it any more. What it gathered and has not sent yet is not sent.</p>
        </Confirm>
      )}
    </>
  );
}
