import { type ClipboardEvent, useRef, useState } from 'react';
import { useLeave } from '@/components/leave-guard.tsx';
import { ReceiverSnippets } from '@/components/receiver-snippets.tsx';
import { Alert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useCopy } from '@/lib/copy.ts';

export interface SigningSecret {
  readonly name: string;
  /** null: the request was a repetition, and its first answer had the secret. */
  readonly secret: string | null;
  /** Of a rotation: until when messages are signed with the old one, too. */
  readonly previousSecretEndsAt?: string;
}

interface SecretDialogProps {
  readonly signing: SigningSecret;
  /** Must forget the secret: nothing else holds it. */
  onClose(): void;
}

/** Shows the secret with which a receiver checks signatures, this once. */
export function SigningSecretDialog({ signing, onClose }: SecretDialogProps) {
  const { name, secret, previousSecretEndsAt } = signing;
  const [isSafe, setSafe] = useState(secret === null);
  const { close, question } = useLeave({
    isSafe,
    action: 'Close without copying',
    back: 'Back to the secret',
    description:
      'The secret has not been copied, and it cannot be shown again. To check signatures, it would have to be rotated first.',
    onClose,
  });
  return (
    <Dialog
      title={`The signing secret of ${name}`}
      width="lg"
      onClose={close}
      footer={
        <Button tone={isSafe ? 'primary' : 'plain'} onClick={close}>
          {isSafe ? 'Done' : 'Close'}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        {secret === null ? (
          <Alert tone="amber" title="It was shown already">
            This request was sent twice, and its first answer had the secret. If nobody copied it then, rotate
            the secret of the webhook.
          </Alert>
        ) : (
          <>
            <Alert tone="amber" title="Copy it now: it cannot be shown again">
              The receiver needs it to check that a message is from here. Whoever loses it has to rotate it.
            </Alert>
            <SecretText secret={secret} onCopied={() => setSafe(true)} />
          </>
        )}
        {previousSecretEndsAt && (
          <p>
            The old secret signs, too, until <Time at={previousSecretEndsAt} as="exact" />: give the receiver
            the new one before that.
          </p>
        )}
        <section className="flex flex-col gap-2">
          <h3 className="font-medium">How the receiver checks it</h3>
          <ReceiverSnippets />
        </section>
      </div>
      {question}
    </Dialog>
  );
}

function SecretText({ secret, onCopied }: { readonly secret: string; onCopied(): void }) {
  const { copied, copy } = useCopy();
  const [isRefused, setRefused] = useState(false);
  const block = useRef<HTMLPreElement>(null);
  const run = async () => {
    const isCopied = await copy(secret);
    setRefused(!isCopied);
    if (isCopied) onCopied();
    else if (block.current) getSelection()?.selectAllChildren(block.current);
  };
  const noticeCopy = (_: ClipboardEvent) => {
    if (getSelection()?.toString().includes(secret)) onCopied();
  };
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-start gap-2">
        <pre
          ref={block}
          onCopy={noticeCopy}
          data-testid="secret"
          className="min-w-0 flex-1 basis-64 whitespace-pre-wrap break-all rounded-lg border border-line bg-sunken px-3 py-1.5 font-mono text-sm"
        >
          {secret}
        </pre>
        <Button tone="primary" onClick={run} autoFocus>
          {copied ? 'Copied' : 'Copy the secret'}
        </Button>
      </div>
      <p className="text-muted text-sm" role="status">
        {isRefused
          ? 'This browser lets a page copy on HTTPS and localhost only. The text is selected: copy it with Ctrl+C or ⌘C.'
          : 'Give it to the receiver as WEBHOOK_SECRET, and keep it out of version control.'}
      </p>
    </div>
  );
}
