import { Check, Copy } from 'lucide-react';
import { type ClipboardEvent, useRef, useState } from 'react';
import { environmentLabel } from '@/environment.ts';
import { useCopy } from '@/lib/copy.ts';
import { type SnippetKind, snippetOf, type Target, targetOf } from '@/lib/secret-snippets.ts';
import type { Environment } from '@/types.ts';
import { Button } from '../ui/button.tsx';
import { Segmented } from '../ui/tabs.tsx';

interface SecretFormsProps {
  readonly secret: string;
  readonly label: string;
  readonly environment: Environment;
  onCopied(): void;
}

/** The secret as it is, and in the forms in which programs take it. */
export function SecretForms({ secret, label, environment, onCopied }: SecretFormsProps) {
  const [kind, setKind] = useState<SnippetKind>('secret');
  const [isRefused, setRefused] = useState(false);
  const { copied, copy } = useCopy();
  const block = useRef<HTMLPreElement>(null);
  const target = targetOf(environment, location.origin);
  const text = snippetOf(kind, secret, target);
  const choices = [
    { value: 'secret', label },
    { value: 'curl', label: 'curl' },
    { value: 'env', label: '.env' },
    { value: 'header', label: 'HTTP header' },
  ] as const;
  const run = async () => {
    const isCopied = await copy(text);
    setRefused(!isCopied);
    if (isCopied) onCopied();
    else if (block.current) getSelection()?.selectAllChildren(block.current);
  };
  const noticeCopy = (_: ClipboardEvent) => {
    if (getSelection()?.toString().includes(secret)) onCopied();
  };
  const Icon = copied ? Check : Copy;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Segmented<SnippetKind>
          label="Form of the secret"
          value={kind}
          choices={choices}
          onChange={(next) => {
            setKind(next);
            setRefused(false);
          }}
        />
        <Button tone="primary" onClick={run} autoFocus>
          <Icon aria-hidden />
          {copied ? 'Copied' : 'Copy'}
          <span className="sr-only">{kind === 'secret' ? ' the secret' : ` as ${kind}`}</span>
        </Button>
      </div>
      <pre
        ref={block}
        onCopy={noticeCopy}
        data-testid="secret"
        className="whitespace-pre-wrap break-all rounded-lg border border-line bg-sunken px-3 py-2.5 font-mono text-sm"
      >
        {text}
      </pre>
      <p className="text-muted text-sm" role="status">
        {isRefused
          ? 'This browser lets a page copy on HTTPS and localhost only. The text is selected: copy it with Ctrl+C or ⌘C.'
          : hintOf(kind, environment, target)}
      </p>
    </div>
  );
}

function hintOf(kind: SnippetKind, environment: Environment, target: Target): string {
  if (kind === 'env') return 'Keep the file out of version control.';
  if (kind === 'header') return 'Send it with every request; never put the secret into a URL.';
  if (kind === 'secret') return 'Put it where the program reads its secrets, and nowhere else.';
  if (!target.isGuessed) return 'Asks what the key may do and what remains of its limits.';
  const host = new URL(target.origin).host;
  return `Asks what the key may do. ${host} is the usual name for ${environmentLabel[environment]} here; take another if your installation has one.`;
}
