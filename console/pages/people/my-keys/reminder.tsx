import { Alert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { plural } from '@/lib/format.ts';
import { useNow } from '@/lib/now.ts';
import type { Key } from '@/types.ts';

/** Whether the present secret has served for as long as one should. */
export function isRotationDue(key: Key, now: number): boolean {
  return key.status === 'active' && Date.parse(key.rotationDueAt) <= now;
}

const shown = 5;

interface RotationReminderProps {
  readonly keys: readonly Key[];
  onRotate(key: Key): void;
}

/** The three-month reminder. */
export function RotationReminder({ keys, onRotate }: RotationReminderProps) {
  const now = useNow();
  const due = keys.filter((key) => isRotationDue(key, now));
  if (due.length === 0) return null;
  return (
    <Alert
      tone="amber"
      role="status"
      className="mb-4"
      title={`${plural(due.length, 'key')} ${due.length === 1 ? 'is' : 'are'} due for rotation`}
    >
      <p>
        Give every program a new secret at least every three months, so that one that leaked unseen does not
        work for ever. The old secret goes on while you move the program.
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        {due.slice(0, shown).map((key) => (
          <Button key={key.id} size="sm" className="max-w-full" onClick={() => onRotate(key)}>
            <span className="truncate">Rotate {key.name}</span>
          </Button>
        ))}
        {due.length > shown && (
          <span className="self-center">and {due.length - shown} more, marked below</span>
        )}
      </div>
    </Alert>
  );
}
