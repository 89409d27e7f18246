import { DropdownMenu as Radix, Slot } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { cn } from '@/lib/cn.ts';

interface MenuProps {
  /** One button. */
  readonly trigger: ReactNode;
  readonly children: ReactNode;
  readonly align?: 'start' | 'end';
}

/** A button, and what opens below it. Until somebody clicks it is a button alone: lists have one in each row. */
export function Menu({ trigger, children, align = 'end' }: MenuProps) {
  const [isAwake, setAwake] = useState(false);
  if (!isAwake) {
    return (
      <Slot.Root aria-haspopup="menu" aria-expanded={false} onClick={() => setAwake(true)}>
        {trigger}
      </Slot.Root>
    );
  }
  return (
    <Radix.Root defaultOpen modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 max-w-80 animate-rise overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-lg"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const itemStyle =
  'flex min-h-8 cursor-default select-none items-center gap-2 rounded-md px-2 py-1 outline-none data-[disabled]:opacity-50 data-[highlighted]:bg-hover [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted';

interface MenuItemProps {
  readonly children: ReactNode;
  onSelect?(): void;
  readonly tone?: 'plain' | 'danger';
  readonly disabled?: boolean;
  /** The only child (a link) becomes the item. */
  readonly asChild?: boolean;
}

export function MenuItem({ tone = 'plain', ...rest }: MenuItemProps) {
  return (
    <Radix.Item
      {...rest}
      className={cn(itemStyle, tone === 'danger' && 'text-red-ink [&_svg]:text-red-ink')}
    />
  );
}

export function MenuLabel({ children }: { readonly children: ReactNode }) {
  return <Radix.Label className="px-2 py-1.5 text-sm text-muted">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}

export function MenuCheckbox({
  checked,
  onChange,
  children,
}: {
  readonly checked: boolean;
  onChange(checked: boolean): void;
  readonly children: ReactNode;
}) {
  return (
    <Radix.CheckboxItem
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
      className={itemStyle}
    >
      <span className="flex size-4 items-center justify-center rounded border border-line-strong" aria-hidden>
        <Radix.ItemIndicator>
          <span className="block size-2 rounded-[2px] bg-accent" />
        </Radix.ItemIndicator>
      </span>
      {children}
    </Radix.CheckboxItem>
  );
}

export function MenuRadio({
  value,
  onChange,
  choices,
}: {
  readonly value: string;
  onChange(value: string): void;
  readonly choices: readonly { readonly value: string; readonly label: ReactNode }[];
}) {
  return (
    <Radix.RadioGroup value={value} onValueChange={onChange}>
      {choices.map((choice) => (
        <Radix.RadioItem key={choice.value} value={choice.value} className={itemStyle}>
          <span className="flex size-4 items-center justify-center" aria-hidden>
            <Radix.ItemIndicator>
              <span className="block size-2 rounded-full bg-accent" />
            </Radix.ItemIndicator>
          </span>
          {choice.label}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}
