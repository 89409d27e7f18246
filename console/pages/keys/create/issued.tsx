import { useNavigate } from '@tanstack/react-router';
import { type Issued, SecretDialog } from '@/components/secret-dialog.tsx';

/** Shows the secret, and then the key's own page, where nothing of the secret is left. */
export function IssuedKey({ issued, forget }: { readonly issued: Issued; forget(): void }) {
  const navigate = useNavigate();
  const { keyId, environment } = issued;
  const close = () => {
    forget();
    void navigate({
      to: '/keys/$id',
      params: { id: keyId },
      search: { env: environment === 'production' ? undefined : environment } as Record<string, string>,
      replace: true,
    });
  };
  return <SecretDialog issued={issued} onClose={close} />;
}
