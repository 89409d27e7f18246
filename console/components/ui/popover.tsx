import { Popover as Radix, Slot } from 'radix-ui';
import { type ReactNode, useState } from 'react';

interface PopoverProps {
  readonly trigger: ReactNode;
  readonly label: string;
  readonly children: ReactNode;
  readonly align?: 'start' | 'center' | 'end';
}

/** More about the thing that was clicked, beside it. Until then it is a button alone, as with menus. */
export function Popover({ trigger, label, children, align = 'start' }: PopoverProps) {
  const [isAwake, setAwake] = useState(false);
  if (!isAwake) {
    return (
      <Slot.Root aria-haspopup="dialog" aria-expanded={false} onClick={() => setAwake(true)}>
        {trigger}
      </Slot.Root>
    );
  }
  return (
    <Radix.Root defaultOpen>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="z-50 max-h-(--radix-popover-content-available-height) w-80 max-w-[calc(100vw-16px)] animate-rise overflow-y-auto rounded-lg border border-line bg-raised p-3 shadow-lg"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
