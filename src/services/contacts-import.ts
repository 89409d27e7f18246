import { type ContactInput, putContact } from './contacts.ts';
import { importKind } from './jobs/import.ts';

/** Takes contacts in as a POST of each would. */
export const importContacts = importKind<ContactInput>({
  name: 'contacts.import',
  scopes: ['contacts:write', 'bulk:write'],
  put: async (app, ctx, contact) => {
    const { isNew, isChanged } = await putContact(app, ctx, contact);
    return isNew ? 'created' : isChanged ? 'updated' : 'unchanged';
  },
});
