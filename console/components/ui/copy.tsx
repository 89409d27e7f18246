import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { cn } from '@/lib/cn.ts';
import { useCopy } from '@/lib/copy.ts';
import { Button, IconButton } from './button.tsx';
import { toast } from './toast.tsx';

const cannotCopy = {
  title: 'The browser did not copy it',
  text: 'It lets pages copy over HTTPS and at localhost only. Select the text and copy it with the keyboard.',
};

interface CopyButtonProps {
  readonly text: string;
  /** "Copy the secret". With `isIcon` it is the tooltip. */
  readonly label: string;
  readonly isIcon?: boolean;
  readonly tone?: 'plain' | 'primary' | 'quiet';
  readonly className?: string;
  /** After it is on the clipboard. */
  onCopied?(): void;
}

export function CopyButton({ text, label, isIcon, tone, className, onCopied }: CopyButtonProps) {
  const { copied, copy } = useCopy();
  const Icon = copied ? Check : Copy;
  const run = async () => {
    if (await copy(text)) onCopied?.();
    else toast(cannotCopy);
  };
  const said = (
    <span className="sr-only" role="status">
      {copied ? 'Copied' : ''}
    </span>
  );
  if (isIcon) {
    return (
      <>
        <IconButton label={label} size="icon-sm" onClick={run} className={className}>
          <Icon />
        </IconButton>
        {said}
      </>
    );
  }
  return (
    <Button tone={tone ?? 'plain'} onClick={run} className={className}>
      <Icon aria-hidden />
      {copied ? 'Copied' : label}
      {said}
    </Button>
  );
}

/** An id or a hint in the monospaced face, with copy on hover and for the keyboard. */
export function Copyable({ text, className }: { readonly text: string; readonly className?: string }) {
  const { copied, copy } = useCopy();
  const [isNear, setNear] = useState(false);
  const Icon = copied ? Check : Copy;
  return (
    <button
      type="button"
      title={copied ? 'Copied' : `Copy ${text}`}
      onPointerEnter={() => setNear(true)}
      onPointerLeave={() => setNear(false)}
      onFocus={() => setNear(true)}
      onBlur={() => setNear(false)}
      onClick={(event) => {
        event.preventDefault();
        event.stopPropagation();
        void copy(text).then((isCopied) => isCopied || toast(cannotCopy));
      }}
      className={cn('inline-flex max-w-full items-center gap-1 rounded font-mono text-sm', className)}
    >
      <span className="truncate">{text}</span>
      {/* Only where somebody points: lists have an id in each row. */}
      {isNear && <Icon aria-hidden className="size-3.5 shrink-0" />}
      <span className="sr-only">{copied ? 'copied' : ', copy'}</span>
    </button>
  );
}

/** A command or a text to take away, with its button. `language` is only said to those who cannot see. */
export function CodeBlock({
  text,
  label,
  className,
}: {
  readonly text: string;
  readonly label: string;
  readonly className?: string;
}) {
  return (
    <div className={cn('relative rounded-lg border border-line bg-sunken', className)}>
      <section
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-x-auto rounded-lg px-3 py-2.5 pr-11"
      >
        <pre className="font-mono text-sm">
          <code>{text}</code>
        </pre>
      </section>
      <CopyButton
        text={text}
        label={`Copy: ${label}`}
        isIcon
        className="absolute top-1.5 right-1.5 bg-sunken"
      />
    </div>
  );
}
