import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

function tokenIn(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token') || null;
}

/**
 * The token of the link that led here. It leaves the address bar and the history at once, and is nowhere but in memory.
 * A link that is opened in the tab of its own page changes the fragment alone, and counts as well.
 */
export function useLinkToken(): string | null {
  const hash = useRouterState({ select: ({ location }) => location.hash });
  const [token, setToken] = useState(() => tokenIn(hash));
  const navigate = useNavigate();
  useEffect(() => {
    if (hash === '') return;
    const found = tokenIn(hash);
    if (found !== null) setToken(found);
    void navigate({ to: '.', hash: '', search: true, replace: true });
  }, [hash, navigate]);
  return token;
}
