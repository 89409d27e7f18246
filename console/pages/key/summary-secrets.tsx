import { Status } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Time } from '@/components/ui/time.tsx';
import type { KeySecret } from '@/types.ts';
import { useKeyPage } from './key-context.tsx';

const statuses = {
  current: { tone: 'green', word: 'Current' },
  retiring: { tone: 'amber', word: 'Retiring' },
  retired: { tone: 'neutral', word: 'Ended' },
} as const;

const head = 'h-9 border-line border-b px-2 text-left font-medium text-muted text-sm first:pl-4 last:pr-4';
const cell = 'h-10 truncate px-2 first:pl-4 last:pr-4 not-in-[tr:last-child]:border-b border-line';
const wide = 'hidden md:table-cell';

/** The secrets of the key, the newest first. Of none more than the beginning is known to anybody. */
export function SecretsTable() {
  const { apiKey: key, rights, open } = useKeyPage();
  return (
    <table aria-label="Secrets" className="w-full table-fixed border-separate border-spacing-0">
      <thead>
        <tr>
          <th scope="col" className={head}>
            Begins with
          </th>
          <th scope="col" className={`${head} w-24`}>
            Status
          </th>
          <th scope="col" className={`${head} ${wide}`}>
            Created
          </th>
          <th scope="col" className={`${head} max-sm:hidden`}>
            Ends
          </th>
          <th scope="col" className={`${head} ${wide}`}>
            Last used
          </th>
          <th scope="col" className={`${head} w-28`}>
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {key.secrets.map((secret) => (
          <tr key={secret.id} className={secret.status === 'retired' ? 'text-muted' : undefined}>
            <td className={cell}>
              <Copyable text={secret.hint} />
            </td>
            <td className={cell}>
              <Status tone={statuses[secret.status].tone}>{statuses[secret.status].word}</Status>
            </td>
            <td className={`${cell} ${wide}`}>
              <Time at={secret.createdAt} />
            </td>
            <td className={`${cell} max-sm:hidden`}>
              <End secret={secret} />
            </td>
            <td className={`${cell} ${wide}`}>
              <Time at={secret.lastUsedAt} />
            </td>
            <td className={`${cell} overflow-visible! text-right`}>
              {secret.status === 'retiring' && rights.mayChange && (
                <Button size="sm" onClick={() => open({ kind: 'end-secret', secret })}>
                  End now
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function End({ secret }: { readonly secret: KeySecret }) {
  return <Time at={secret.expiresAt} never="Not by itself" />;
}
