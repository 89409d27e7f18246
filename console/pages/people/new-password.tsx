import { useState } from 'react';
import { Field, PasswordInput } from '@/components/ui/field.tsx';
import { passwordAdvice, passwordLength } from '@/lib/password.ts';

interface NewPasswordProps {
  readonly name: string;
  readonly label: string;
  readonly error: string | undefined;
  /** Which the password must not contain. */
  readonly email?: string;
}

/** A password that is being chosen. What still speaks against it is said while it is typed. */
export function NewPasswordField({ name, label, error, email }: NewPasswordProps) {
  const [text, setText] = useState('');
  return (
    <Field
      label={label}
      error={error}
      advice={!error && text !== '' ? passwordAdvice(text, email) : null}
      hint={`${passwordLength.min} to ${passwordLength.max} characters. A few words in a row are good; symbols are not asked for.`}
    >
      <PasswordInput
        name={name}
        autoComplete="new-password"
        required
        onChange={(event) => setText(event.target.value)}
      />
    </Field>
  );
}

/** For the check of a form: wrong is what the server would refuse. */
export function newPasswordErrors(name: string, password: string, email = ''): Record<string, string> {
  const advice = password === '' ? null : passwordAdvice(password, email);
  return advice === null ? {} : { [name]: advice };
}
