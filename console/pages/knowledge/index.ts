export { ArticlePage } from './article.tsx';
export { KnowledgeBasePage } from './knowledge-base.tsx';
