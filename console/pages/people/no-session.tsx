import { Alert } from '@/components/ui/alert.tsx';

/** After a sign-in that worked, in a browser that does not hold on to it. */
export function NoSession({ done }: { readonly done: string }) {
  return (
    <Alert tone="amber" role="alert" title="This browser did not keep the session">
      <p>
        {done} But over plain HTTP browsers keep a session at <code className="font-mono">localhost</code>{' '}
        only. Open Keyward over HTTPS, or at localhost, and name that address in{' '}
        <code className="font-mono">KEYWARD_PUBLIC_URL</code>. Cookies must be allowed, too.
      </p>
    </Alert>
  );
}
