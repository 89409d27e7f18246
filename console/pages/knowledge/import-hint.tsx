import { Link } from '@tanstack/react-router';
import { CodeBlock } from '@/components/ui/copy.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { targetOf } from '@/lib/secret-snippets.ts';
import { keyArea, useMay } from '@/session.ts';

/** How programs bring articles in: commands with the address of this installation. */
export function ImportHint() {
  const environment = useEnvironment();
  const mayCreate = useMay()(keyArea(environment), 'write');
  const { origin, host, isGuessed } = targetOf(environment, location.origin);
  const hostHeader = host === null ? '' : ` \\\n  -H 'Host: ${host}'`;
  return (
    <div className="flex flex-col gap-4 text-left">
      <p>
        Both need a key of {environmentLabel[environment]} with <Scope>knowledge:write</Scope>.{' '}
        {mayCreate ? (
          <Link to="/keys/new" className="text-accent underline underline-offset-4">
            Create a key
          </Link>
        ) : (
          'Ask somebody who manages keys for one.'
        )}
      </p>
      <section className="flex flex-col gap-2">
        <h3 className="font-medium">A folder of Markdown</h3>
        <CodeBlock label="Push a folder" text={pushCommand(origin)} />
        <p className="text-muted text-sm">
          Creates what is new, updates what differs, and leaves the rest alone, however often it runs. Run it
          in a checkout of Keyward.{' '}
          {host !== null &&
            `Give the server a name first: an address such as ${new URL(origin).hostname} answers for production alone.`}
          {isGuessed &&
            `${new URL(origin).host} is the usual name for ${environmentLabel[environment]} here; take another if your installation has one.`}
        </p>
      </section>
      <section className="flex flex-col gap-2">
        <h3 className="font-medium">One article a line (NDJSON)</h3>
        <CodeBlock
          label="Import a file"
          text={`curl '${origin}/api/v1/kb/import'${hostHeader} \\
  -H "Authorization: Bearer $KEYWARD_API_KEY" \\
  -H 'Content-Type: application/x-ndjson' \\
  --data-binary @articles.ndjson`}
        />
        <CodeBlock
          label="A line of the file"
          text={
            '{"title": "Refunds", "content": "# Refunds\\n\\nWithin 14 days.", "tags": ["billing"], "status": "published"}'
          }
        />
        <p className="text-muted text-sm">
          Up to 50,000 articles in one request. The key needs <Scope>bulk:write</Scope>, too, and{' '}
          <Link to="/jobs" className="text-accent underline underline-offset-4">
            a job
          </Link>{' '}
          takes them in and says which lines it could not use.
        </p>
      </section>
      <p className="text-muted text-sm">
        Keyward’s checkout tells more in <code className="font-mono">docs/guides</code>:
        publish-docs-from-a-folder.md and import-articles.md.
      </p>
    </div>
  );
}

export const pushCommand = (origin: string) => `export KEYWARD_URL=${origin}
export KEYWARD_API_KEY='sa_…'
npx keyward kb push docs/guides`;

function Scope({ children }: { readonly children: string }) {
  return <code className="font-mono text-sm">{children}</code>;
}
