import type { Scope } from '@/types.ts';

const list = new Intl.ListFormat('en', { type: 'conjunction' });

const surfaceWords: Readonly<Record<string, string>> = {
  knowledge: 'the knowledge base',
  licenses: 'products and licences',
  api_keys: 'API keys',
  telemetry: 'telemetry records',
  logs: 'the request log',
  audit: 'the audit log',
};

const surfaceWord = (surface: string) => surfaceWords[surface] ?? surface.replaceAll('_', ' ');

/** What scopes allow, as the end of "It may …": `read contacts, and read and change the knowledge base`. */
export function abilityWords(names: readonly string[], catalogue: readonly Scope[]): string {
  const scopes = catalogue.filter(({ name }) => names.includes(name));
  const isChannel = ({ surface }: Scope) => surface.startsWith('channels.');
  const brought = new Set(scopes.flatMap(({ implies }) => implies));
  const reads = scopes.filter(({ action, name }) => action === 'read' && !brought.has(name));
  const writes = scopes.filter(
    (scope) => scope.action === 'write' && !isChannel(scope) && scope.surface !== 'bulk',
  );
  const sends = scopes.filter(isChannel);
  const parts = [
    writes.length > 0 && `read and change ${list.format(writes.map(({ surface }) => surfaceWord(surface)))}`,
    reads.length > 0 && `read ${list.format(reads.map(({ surface }) => surfaceWord(surface)))}`,
    sends.length > 0 && `send through ${channelWords(sends, catalogue)}`,
    scopes.some(({ surface }) => surface === 'bulk') && 'start imports and other bulk changes',
    scopes.some(({ action }) => action === 'verify') && 'verify keys for other services',
  ].filter((part) => part !== false);
  return parts.join('; ');
}

function channelWords(sends: readonly Scope[], catalogue: readonly Scope[]): string {
  const all = catalogue.filter(({ surface }) => surface.startsWith('channels.')).length;
  if (sends.length === all) return 'every channel';
  return list.format(sends.map(({ label }) => label.replace(/ Channel$/, '')));
}
