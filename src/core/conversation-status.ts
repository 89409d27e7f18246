export const conversationStatuses = ['open', 'pending', 'resolved', 'reopened'] as const;
export type ConversationStatus = (typeof conversationStatuses)[number];

/** Where each status may go. What was resolved is reopened, so that it is seen that it was. */
export const statusTransitions: Readonly<Record<ConversationStatus, readonly ConversationStatus[]>> = {
  open: ['pending', 'resolved'],
  pending: ['open', 'resolved'],
  resolved: ['reopened'],
  reopened: ['pending', 'resolved'],
};

export function allowsStatus(from: ConversationStatus, to: ConversationStatus): boolean {
  return from === to || statusTransitions[from].includes(to);
}

/** What a message of the contact does: whoever waits for an answer is not resolved, and not pending any more. */
export function statusAfterInbound(status: ConversationStatus): ConversationStatus {
  if (status === 'resolved') return 'reopened';
  return status === 'pending' ? 'open' : status;
}
