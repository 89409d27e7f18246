import { Download } from 'lucide-react';
import { Button } from '@/components/ui/button.tsx';
import { CopyButton } from '@/components/ui/copy.tsx';
import { useSession } from '@/session.ts';

interface BackupCodesProps {
  readonly codes: readonly string[];
  /** They are on the clipboard or in a file. */
  onKept(): void;
}

/** Codes that are shown this once, with ways to keep them. */
export function BackupCodes({ codes, onKept }: BackupCodesProps) {
  const { user } = useSession();
  const text = `${codes.join('\n')}\n`;
  const save = () => {
    download(`Back-up codes of ${user.email} for Keyward\n\n${text}`);
    onKept();
  };
  return (
    <div className="flex flex-col gap-3">
      <ul
        aria-label="Back-up codes"
        className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-lg border border-line bg-sunken px-4 py-3 font-mono"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={text} label="Copy the codes" onCopied={onKept} />
        <Button onClick={save}>
          <Download aria-hidden />
          Download them
        </Button>
      </div>
    </div>
  );
}

function download(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'keyward-backup-codes.txt';
  link.click();
  URL.revokeObjectURL(url);
}
