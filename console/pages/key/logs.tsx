import { LogList } from '@/components/logs/log-list.tsx';
import { useKeyPage } from './key-context.tsx';

/** What was done with the key, as it happens. */
export function KeyLogs() {
  return <LogList keyId={useKeyPage().apiKey.id} />;
}
