export { AccountPage } from './account.tsx';
export { MembersPage } from './members.tsx';
export { MyKeysPage } from './my-keys.tsx';
