import { ChevronDown, Eye, EyeOff } from 'lucide-react';
import { Switch as RadixSwitch } from 'radix-ui';
import { type ComponentProps, createContext, type ReactNode, use, useId, useState } from 'react';
import { cn } from '@/lib/cn.ts';
import { IconButton } from './button.tsx';

interface FieldIds {
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly isInvalid: boolean;
}

const FieldContext = createContext<FieldIds | null>(null);

interface FieldProps {
  readonly label: string;
  /** What to know before filling it in. */
  readonly hint?: ReactNode;
  /** What is wrong with it. */
  readonly error?: string | null;
  /** What speaks against what is in it, without keeping anybody from sending it. */
  readonly advice?: ReactNode;
  readonly isOptional?: boolean;
  readonly isLabelHidden?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A label, one control of this file, and what is said about it. */
export function Field({
  label,
  hint,
  error,
  advice,
  isOptional,
  isLabelHidden,
  className,
  children,
}: FieldProps) {
  const id = useId();
  const describedBy = [error && `${id}-error`, advice && `${id}-advice`, hint && `${id}-hint`].filter(
    Boolean,
  );
  const ids = { id, describedBy: describedBy.join(' ') || undefined, isInvalid: Boolean(error) };
  return (
    <FieldContext value={ids}>
      <div className={cn('flex min-w-0 flex-col gap-1.5', className)}>
        <label htmlFor={id} className={cn('font-medium', isLabelHidden && 'sr-only')}>
          {label}
          {isOptional && <span className="font-normal text-muted"> optional</span>}
        </label>
        {children}
        {error && (
          <p id={`${id}-error`} className="text-sm text-red-ink">
            {error}
          </p>
        )}
        {advice && (
          <div id={`${id}-advice`} className="text-sm text-amber-ink">
            {advice}
          </div>
        )}
        {hint && (
          <div id={`${id}-hint`} className="text-sm text-muted">
            {hint}
          </div>
        )}
      </div>
    </FieldContext>
  );
}

function useFieldProps() {
  const field = use(FieldContext);
  if (field === null) return {};
  return {
    id: field.id,
    'aria-describedby': field.describedBy,
    'aria-invalid': field.isInvalid || undefined,
  };
}

const box =
  'w-full min-w-0 rounded-md border border-line-strong bg-raised px-2.5 text-ink transition-colors hover:border-muted aria-invalid:border-red-strong disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted';

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      type="text"
      autoComplete="off"
      className={cn(box, 'h-8', className)}
      {...useFieldProps()}
      {...rest}
    />
  );
}

export function Textarea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea rows={3} className={cn(box, 'py-1.5', className)} {...useFieldProps()} {...rest} />;
}

/** The list of the browser: it is at home on a phone, and needs no code of ours. */
export function Select({ className, children, ...rest }: ComponentProps<'select'>) {
  return (
    <span className={cn('relative block min-w-0', className)}>
      <select className={cn(box, 'h-8 appearance-none truncate pr-8')} {...useFieldProps()} {...rest}>
        {children}
      </select>
      <ChevronDown className="pointer-events-none absolute top-2 right-2 size-4 text-muted" aria-hidden />
    </span>
  );
}

export function PasswordInput(props: Omit<ComponentProps<'input'>, 'type'>) {
  const [isShown, setShown] = useState(false);
  return (
    <span className="relative block">
      <Input
        autoCapitalize="none"
        spellCheck={false}
        {...props}
        type={isShown ? 'text' : 'password'}
        className="pr-9"
      />
      <IconButton
        size="icon-sm"
        className="absolute top-0.5 right-0.5"
        label={isShown ? 'Hide the password' : 'Show the password'}
        onClick={() => setShown(!isShown)}
      >
        {isShown ? <EyeOff /> : <Eye />}
      </IconButton>
    </span>
  );
}

interface CheckboxProps {
  readonly checked: boolean | 'indeterminate';
  onChange(checked: boolean): void;
  readonly disabled?: boolean;
  /** Where no label is beside it. */
  readonly 'aria-label'?: string;
  readonly id?: string;
  readonly className?: string;
}

/** The check box of the browser: lists have one in each row. */
export function Checkbox({ checked, onChange, className, ...rest }: CheckboxProps) {
  return (
    <input
      type="checkbox"
      {...useFieldProps()}
      ref={(input) => {
        if (input) input.indeterminate = checked === 'indeterminate';
      }}
      checked={checked === true}
      onChange={(event) => onChange(event.target.checked)}
      className={cn('size-4 shrink-0 accent-accent disabled:opacity-50', className)}
      {...rest}
    />
  );
}

interface ChoiceProps extends Omit<CheckboxProps, 'id' | 'aria-label'> {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
}

/** A check box with its words; a click on the words counts. */
export function CheckboxField({ label, hint, ...rest }: ChoiceProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <Checkbox id={id} className="mt-0.5" {...rest} />
      <label htmlFor={id} className="min-w-0">
        {label}
        {hint && <span className="block text-sm text-muted">{hint}</span>}
      </label>
    </div>
  );
}

export function SwitchField({
  label,
  hint,
  checked,
  onChange,
  disabled,
}: ChoiceProps & { readonly checked: boolean }) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-4">
      <label htmlFor={id} className="min-w-0">
        <span className="font-medium">{label}</span>
        {hint && <span className="block text-sm text-muted">{hint}</span>}
      </label>
      <RadixSwitch.Root
        id={id}
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        className="mt-0.5 h-5 w-9 shrink-0 rounded-full border border-line-strong bg-sunken p-0.5 transition-colors disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      >
        <RadixSwitch.Thumb className="block size-3.5 rounded-full bg-muted transition-transform data-[state=checked]:translate-x-4 data-[state=checked]:bg-accent-ink" />
      </RadixSwitch.Root>
    </div>
  );
}
