import { useCallback, useEffect, useRef, useState } from 'react';

/** `copied` holds for two seconds. Resolves to whether the browser let it happen: it does on HTTPS and localhost only. */
export function useCopy(): { readonly copied: boolean; copy(text: string): Promise<boolean> } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = useCallback(async (text: string) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return false;
    }
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 2_000);
    return true;
  }, []);
  return { copied, copy };
}
