export { CreateKeyPage } from './create.tsx';
export { KeysPage } from './list.tsx';
