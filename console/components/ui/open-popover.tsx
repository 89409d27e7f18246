import { Popover } from 'radix-ui';
import type { PopoverProps } from './popover.tsx';

/** What was just opened, and may be again. */
export default function OpenPopover({ trigger, label, children, align = 'start' }: PopoverProps) {
  return (
    <Popover.Root defaultOpen>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="z-50 max-h-(--radix-popover-content-available-height) w-80 max-w-[calc(100vw-16px)] animate-rise overflow-y-auto rounded-lg border border-line bg-raised p-3 shadow-lg"
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
