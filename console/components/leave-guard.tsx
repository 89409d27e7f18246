import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import { Button } from './ui/button.tsx';
import { Dialog } from './ui/dialog.tsx';

interface Guarded {
  /** Nothing is lost: leaving needs no question. */
  readonly isSafe: boolean;
  /** "Close without copying": what is done by leaving nevertheless. */
  readonly action: string;
  /** "Back to the secret" */
  readonly back: string;
  /** What is lost, and what has to be done then. */
  readonly description: string;
  /** Must forget what is shown. */
  onClose(): void;
}

export interface LeaveGuard {
  /** Closes, or asks first. */
  close(): void;
  /** Closes for good, without a question. */
  leave(): void;
  /** Belongs into the dialog that is guarded. */
  readonly question: ReactNode;
}

/** Keeps the person on the page until what is shown this once is safe; the answer closes the dialog for good. */
export function useLeave({ isSafe, action, back, description, onClose }: Guarded): LeaveGuard {
  const [isAsking, setAsking] = useState(false);
  const mayLeave = useRef(false);
  useBlocker({
    shouldBlockFn: () => {
      if (isSafe || mayLeave.current) return false;
      setAsking(true);
      return true;
    },
    enableBeforeUnload: () => !isSafe && !mayLeave.current,
  });
  const leave = () => {
    mayLeave.current = true;
    onClose();
  };
  const stay = () => setAsking(false);
  return {
    close: () => (isSafe ? leave() : setAsking(true)),
    leave,
    question: isAsking && (
      <Dialog
        title={`${action}?`}
        description={description}
        width="sm"
        onClose={stay}
        footer={
          <>
            <Button onClick={leave}>{action}</Button>
            <Button tone="primary" onClick={stay} autoFocus>
              {back}
            </Button>
          </>
        }
      />
    ),
  };
}
