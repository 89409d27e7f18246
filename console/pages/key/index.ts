export { KeyAccess } from './access.tsx';
export { KeyAudit } from './audit.tsx';
export { KeyPage } from './key.tsx';
export { KeyLogs } from './logs.tsx';
export { KeyRotation } from './rotation.tsx';
export { KeySummary } from './summary.tsx';
export { KeyUsage } from './usage.tsx';
