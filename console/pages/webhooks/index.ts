export { WebhookPage } from './webhook.tsx';
export { WebhooksPage } from './webhooks.tsx';
