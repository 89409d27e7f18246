import { Status } from '@/components/ui/badge.tsx';
import type { Conversation } from '@/types.ts';
import { conversationStatuses } from '../../../src/core/conversation-status.ts';
import { channels } from '../../../src/core/scopes.ts';

type State = Conversation['status'];

const tones = { open: 'blue', pending: 'amber', resolved: 'green', reopened: 'violet' } as const;

export const statusWords: Readonly<Record<State, string>> = {
  open: 'Open',
  pending: 'Pending',
  resolved: 'Resolved',
  reopened: 'Reopened',
};

export const channelWords: Readonly<Record<string, string>> = {
  email: 'E-mail',
  messenger: 'Messenger',
  sms: 'SMS',
  phone: 'Phone',
  voice: 'Voice',
  whatsapp: 'WhatsApp',
  webchat: 'Web chat',
  amazon: 'Amazon',
};

export const statusChoices = conversationStatuses.map((value) => ({ value, label: statusWords[value] }));
export const channelChoices = channels.map((value) => ({ value, label: channelWords[value] ?? value }));

export function ConversationStatus({ status }: { readonly status: State }) {
  return <Status tone={tones[status]}>{statusWords[status]}</Status>;
}
