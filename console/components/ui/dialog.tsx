import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { cn } from '@/lib/cn.ts';
import { IconButton } from './button.tsx';

interface DialogProps {
  readonly title: string;
  /** What it is about, in a sentence or two. */
  readonly description?: ReactNode;
  readonly isOpen?: boolean;
  /** Escape, the cross, a click beside it. Left out: only a button inside closes it. */
  onClose?(): void;
  readonly children?: ReactNode;
  readonly footer?: ReactNode;
  readonly width?: 'sm' | 'md' | 'lg' | 'xl';
  /** `side`: from the right edge, as high as the page. */
  readonly place?: 'middle' | 'side';
}

const widths = { sm: 'sm:max-w-sm', md: 'sm:max-w-lg', lg: 'sm:max-w-2xl', xl: 'sm:max-w-4xl' };

const places = {
  middle:
    'top-auto bottom-0 max-h-[92dvh] w-full rounded-t-xl sm:top-[8vh] sm:right-0 sm:bottom-auto sm:left-0 sm:mx-auto sm:max-h-[84vh] sm:rounded-xl animate-rise',
  side: 'top-0 right-0 h-dvh w-full border-l border-line sm:max-w-2xl animate-slide-in',
};

/** Over the page, and the only thing that can be used while it is open. */
export function Dialog(props: DialogProps) {
  const {
    title,
    description,
    isOpen = true,
    onClose,
    children,
    footer,
    width = 'md',
    place = 'middle',
  } = props;
  const [opener] = useState(() => document.activeElement);
  // Radix gives the focus back to a trigger, and these dialogs have none.
  const giveBack = (event: Event) => {
    event.preventDefault();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  };
  const keepOpen = (event: Event) => {
    if (!onClose) event.preventDefault();
  };
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose?.()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-overlay" />
        <Radix.Content
          onEscapeKeyDown={keepOpen}
          onInteractOutside={keepOpen}
          onCloseAutoFocus={giveBack}
          {...(description === undefined && { 'aria-describedby': undefined })}
          className={cn(
            'fixed z-50 flex flex-col bg-raised shadow-2xl outline-none',
            places[place],
            place === 'middle' && widths[width],
          )}
        >
          <header className="flex items-start gap-4 px-4 pt-4 pb-3 sm:px-6">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {description && (
                <Radix.Description asChild>
                  <div className="mt-1 text-muted">{description}</div>
                </Radix.Description>
              )}
            </div>
            {onClose && (
              <Radix.Close asChild>
                <IconButton label="Close" className="-mr-2">
                  <X />
                </IconButton>
              </Radix.Close>
            )}
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-4 sm:px-6">{children}</div>
          {footer && (
            <footer className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-3 sm:px-6">
              {footer}
            </footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
