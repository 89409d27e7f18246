import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { channelChoices } from '@/components/records/conversation-words.tsx';
import type { FormField } from '@/components/records/form-control.tsx';
import { FormDialog, type FormValues } from '@/components/records/form-dialog.tsx';
import { filledTexts } from '@/components/records/values.ts';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { beginConversation, conversations } from '@/queries/conversations.ts';
import { readTags, tagsField } from './tags.ts';

function whoFields(who: string): readonly FormField[] {
  if (who === 'known')
    return [{ kind: 'record', of: 'contact', name: 'contactId', path: 'contact.id', label: 'Contact' }];
  return [
    {
      kind: 'email',
      name: 'email',
      path: 'contact.email',
      label: 'E-mail address',
      hint: 'A contact who has it is taken as it is.',
    },
    { name: 'name', path: 'contact.name', label: 'Name', maxLength: 200, isOptional: true },
  ];
}

function fieldsFor({ direction = '', who = '' }: FormValues, isFixed: boolean): FormField[] {
  return [
    {
      kind: 'segmented',
      name: 'direction',
      label: 'Who begins',
      choices: [
        { value: 'outbound', label: 'We write' },
        { value: 'inbound', label: 'They wrote' },
      ],
      hint:
        direction === 'outbound'
          ? 'Keyward keeps the message and tells your webhooks; the system that listens to them delivers it.'
          : 'Writes down what came in by a way that Keyward does not see.',
    },
    ...(isFixed
      ? []
      : [
          {
            kind: 'segmented',
            name: 'who',
            label: 'With whom',
            choices: [
              { value: 'known', label: 'A known contact' },
              { value: 'new', label: 'Somebody new' },
            ],
          } as const,
          ...whoFields(who),
        ]),
    { kind: 'choice', name: 'channel', label: 'Channel', choices: channelChoices },
    { name: 'subject', label: 'Subject', maxLength: 300 },
    {
      kind: 'long',
      name: 'content',
      label: 'First message',
      maxLength: 50_000,
      rows: 5,
      isOptional: true,
    },
    tagsField,
    {
      name: 'externalReference',
      label: 'External reference',
      maxLength: 255,
      isOptional: true,
      hint: 'What another system calls it, such as order-4711. One conversation has it.',
    },
  ];
}

interface BeginConversationProps {
  /** With whom, where that is known. */
  readonly contactId?: string;
  onClose(): void;
}

export function BeginConversation({ contactId, onClose }: BeginConversationProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  const isFixed = contactId !== undefined;
  return (
    <FormDialog
      title="Start a conversation"
      action="Start"
      fields={(values) => fieldsFor(values, isFixed)}
      initial={{ direction: 'outbound', who: 'known', channel: 'email', contactId: contactId ?? '' }}
      to="/conversations/$id"
      onClose={onClose}
      run={async (values, { idempotencyKey }) => {
        const isKnown = isFixed || values.who === 'known';
        const body = {
          contact: isKnown ? { id: values.contactId } : filledTexts(values, ['email', 'name']),
          channel: values.channel,
          subject: values.subject,
          tags: readTags(values),
          ...(values.content?.trim() && { content: values.content }),
          ...filledTexts(values, ['externalReference']),
        };
        const direction = values.direction === 'inbound' ? 'inbound' : 'outbound';
        const { id } = await beginConversation(environment, direction, body, idempotencyKey);
        toast({ title: 'The conversation has begun' });
        await Promise.all([
          conversations.refresh(client),
          client.invalidateQueries({ queryKey: ['contacts'] }),
        ]);
        await navigate({ to: '/conversations/$id', params: { id } });
      }}
    />
  );
}
