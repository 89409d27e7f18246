import { CodeBlock } from '@/components/ui/copy.tsx';
import { Facts } from '@/components/ui/page.tsx';
import { cn } from '@/lib/cn.ts';

/** More than anybody reads beside a record; the rest is in the JSON. */
const shownMembers = 30;

/** What a system sent, as JSON that can be read and taken away. */
export function JsonBlock({ label, value, className }: JsonBlockProps) {
  return (
    <CodeBlock
      label={label}
      text={JSON.stringify(value, null, 2)}
      className={cn('[&_section]:max-h-[28rem] [&_section]:overflow-y-auto', className)}
    />
  );
}

interface JsonBlockProps {
  readonly label: string;
  readonly value: unknown;
  readonly className?: string;
}

/** Metadata, custom fields: names that another system chose, with what it knows. */
export function Members({ label, value }: { readonly label: string; readonly value: object }) {
  const members = Object.entries(value);
  if (members.length === 0) return <p className="text-muted">None.</p>;
  return (
    <div className="flex flex-col gap-3">
      <Facts
        facts={members.slice(0, shownMembers).map(([name, member]) => ({
          label: name,
          value: <MemberValue value={member} />,
        }))}
        className="grid-cols-[minmax(5rem,auto)_minmax(0,1fr)] [&_dt]:max-w-44 [&_dt]:break-words"
      />
      <details>
        <summary className="w-fit rounded text-muted text-sm hover:text-ink">As JSON</summary>
        <JsonBlock label={label} value={value} className="mt-2" />
      </details>
    </div>
  );
}

function MemberValue({ value }: { readonly value: unknown }) {
  if (typeof value === 'string') return <bdi className="line-clamp-4">{value}</bdi>;
  return <code className="line-clamp-4 font-mono text-sm">{JSON.stringify(value)}</code>;
}
