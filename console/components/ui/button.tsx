import { cva, type VariantProps } from 'class-variance-authority';
import { LoaderCircle } from 'lucide-react';
import { Slot } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from '@/lib/cn.ts';

const style = cva(
  'inline-flex shrink-0 items-center justify-center gap-2 whitespace-nowrap rounded-md font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0',
  {
    variants: {
      tone: {
        primary: 'bg-accent text-accent-ink not-disabled:hover:bg-accent-hover',
        plain: 'border border-line-strong bg-raised text-ink not-disabled:hover:bg-hover',
        quiet: 'text-muted not-disabled:hover:bg-hover not-disabled:hover:text-ink',
        danger: 'bg-red-strong text-danger-ink not-disabled:hover:brightness-110',
        link: 'h-auto! px-0! text-accent underline-offset-4 hover:underline',
      },
      size: { sm: 'h-7 px-2 text-sm', md: 'h-8 px-3', lg: 'h-10 px-4', icon: 'size-8', 'icon-sm': 'size-7' },
    },
    defaultVariants: { tone: 'plain', size: 'md' },
  },
);

type ButtonProps = ComponentProps<'button'> &
  VariantProps<typeof style> & {
    /** Waits for an answer: not clickable, and says so. */
    readonly isBusy?: boolean;
    /** The only child (a link) becomes the button. */
    readonly asChild?: boolean;
  };

export function Button({ tone, size, isBusy = false, asChild, className, children, ...rest }: ButtonProps) {
  const classes = cn(style({ tone, size }), className);
  if (asChild) {
    return (
      <Slot.Root className={classes} {...rest}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button
      type="button"
      className={classes}
      aria-busy={isBusy || undefined}
      {...rest}
      disabled={rest.disabled || isBusy}
    >
      {isBusy && <LoaderCircle className="animate-spin motion-reduce:animate-none" aria-hidden />}
      {children}
    </button>
  );
}

/** A button with an icon alone. `label` is what it is called, and its tooltip. */
export function IconButton({
  label,
  children,
  size = 'icon',
  tone = 'quiet',
  ...rest
}: Omit<ButtonProps, 'children'> & { readonly label: string; readonly children: ReactNode }) {
  return (
    <Button size={size} tone={tone} aria-label={label} title={label} {...rest}>
      {children}
    </Button>
  );
}
