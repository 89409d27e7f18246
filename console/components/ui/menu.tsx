import { Slot } from 'radix-ui';
import { createContext, lazy, type ReactNode, Suspense, use, useState } from 'react';
import { cn } from '@/lib/cn.ts';

export interface MenuProps {
  /** One button. */
  readonly trigger: ReactNode;
  readonly children: ReactNode;
  readonly align?: 'start' | 'end';
}

type Parts = typeof import('radix-ui').DropdownMenu;

/** What items are made of; there only in an open menu. */
export const MenuParts = createContext<Parts | null>(null);

function useParts(): Parts {
  const parts = use(MenuParts);
  if (parts === null) throw new Error('An item stands in a menu.');
  return parts;
}

const load = () => import('./open-menu.tsx');
const OpenMenu = lazy(load);

/**
 * A button, and what opens below it. Until somebody clicks it is a button alone: lists have one in each row, and the
 * first page need not wait for what only an open menu needs.
 */
export function Menu(props: MenuProps) {
  const [isAwake, setAwake] = useState(false);
  const asleep = (
    <Slot.Root
      aria-haspopup="menu"
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
      <OpenMenu {...props} />
    </Suspense>
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
  const { Item } = useParts();
  return (
    <Item {...rest} className={cn(itemStyle, tone === 'danger' && 'text-red-ink [&_svg]:text-red-ink')} />
  );
}

export function MenuLabel({ children }: { readonly children: ReactNode }) {
  const { Label } = useParts();
  return <Label className="px-2 py-1.5 text-sm text-muted">{children}</Label>;
}

export function MenuSeparator() {
  const { Separator } = useParts();
  return <Separator className="my-1 h-px bg-line" />;
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
  const { CheckboxItem, ItemIndicator } = useParts();
  return (
    <CheckboxItem
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
      className={itemStyle}
    >
      <span className="flex size-4 items-center justify-center rounded border border-line-strong" aria-hidden>
        <ItemIndicator>
          <span className="block size-2 rounded-[2px] bg-accent" />
        </ItemIndicator>
      </span>
      {children}
    </CheckboxItem>
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
  const { ItemIndicator, RadioGroup, RadioItem } = useParts();
  return (
    <RadioGroup value={value} onValueChange={onChange}>
      {choices.map((choice) => (
        <RadioItem key={choice.value} value={choice.value} className={itemStyle}>
          <span className="flex size-4 items-center justify-center" aria-hidden>
            <ItemIndicator>
              <span className="block size-2 rounded-full bg-accent" />
            </ItemIndicator>
          </span>
          {choice.label}
        </RadioItem>
      ))}
    </RadioGroup>
  );
}
