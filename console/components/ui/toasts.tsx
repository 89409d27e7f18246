import { X } from 'lucide-react';
import { Toast as Radix } from 'radix-ui';
import { Button, IconButton } from './button.tsx';
import { dismiss, type Shown } from './toast.tsx';

export default function Toasts({ list }: { readonly list: readonly Shown[] }) {
  return (
    <Radix.Provider swipeDirection="right" duration={7_000}>
      {list.map((item) => (
        <OneToast key={item.id} item={item} />
      ))}
      <Radix.Viewport className="fixed right-0 bottom-0 z-60 flex w-96 max-w-full flex-col gap-2 p-4" />
    </Radix.Provider>
  );
}

function OneToast({ item }: { readonly item: Shown }) {
  const { action } = item;
  return (
    <Radix.Root
      onOpenChange={(isOpen) => !isOpen && dismiss(item)}
      className="flex animate-rise items-start gap-3 rounded-lg border border-line bg-raised px-3 py-2.5 shadow-lg"
    >
      <div className="min-w-0 flex-1">
        <Radix.Title className={item.tone === 'red' ? 'font-medium text-red-ink' : 'font-medium'}>
          {item.title}
        </Radix.Title>
        {item.text && (
          <Radix.Description asChild>
            <div className="text-muted">{item.text}</div>
          </Radix.Description>
        )}
      </div>
      {action && (
        <Radix.Action asChild altText={action.label}>
          <Button size="sm" onClick={action.run}>
            {action.label}
          </Button>
        </Radix.Action>
      )}
      <Radix.Close asChild>
        <IconButton label="Dismiss" size="icon-sm" className="-mr-1">
          <X />
        </IconButton>
      </Radix.Close>
    </Radix.Root>
  );
}
