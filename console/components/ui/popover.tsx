import { Slot } from 'radix-ui';
import { lazy, type ReactNode, Suspense, useState } from 'react';

export interface PopoverProps {
  readonly trigger: ReactNode;
  readonly label: string;
  readonly children: ReactNode;
  readonly align?: 'start' | 'center' | 'end';
}

const load = () => import('./open-popover.tsx');
const OpenPopover = lazy(load);

/** More about the thing that was clicked, beside it. Until then it is a button alone, as with menus. */
export function Popover(props: PopoverProps) {
  const [isAwake, setAwake] = useState(false);
  const asleep = (
    <Slot.Root
      aria-haspopup="dialog"
      aria-expanded={false}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setAwake(true)}
    >
      {props.trigger}
    </Slot.Root>
  );
  if (!isAwake) return asleep;
  return (
    <Suspense fallback={asleep}>
      <OpenPopover {...props} />
    </Suspense>
  );
}
