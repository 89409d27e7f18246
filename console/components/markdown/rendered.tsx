import { Link } from '@tanstack/react-router';
import { ExternalLink, Image, Square, SquareCheck } from 'lucide-react';
import {
  type ComponentProps,
  isValidElement,
  type ReactNode,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { cn } from '@/lib/cn.ts';
import { placeId, readMarkdownLink } from '@/lib/markdown-links.ts';
import { slugify } from '../../../src/core/text.ts';
import { refuseExplosions } from './guard.ts';
import { closeHeadingGaps } from './headings.ts';

type Of<T extends keyof React.JSX.IntrinsicElements> = ComponentProps<T> & { readonly node?: unknown };

const linkStyle = 'text-accent underline underline-offset-4 hover:no-underline';

/** An address of the text, where it may lead anywhere; else the words alone. */
function TextLink({ href = '', children, id, className, ...rest }: Of<'a'>) {
  const link = readMarkdownLink(href);
  const label = rest['aria-label'];
  if (link === null) return <span title="A link that may not be followed">{children}</span>;
  if (link.kind === 'article') {
    return (
      <Link
        to="/knowledge-base/$id"
        params={{ id: link.slug }}
        search={({ env }: Record<string, string>) => ({ ...(env && { env }), by: 'slug' })}
        className={linkStyle}
      >
        {children}
      </Link>
    );
  }
  if (link.kind === 'place') {
    return (
      <a href={`#${encodeURIComponent(link.id)}`} id={id} aria-label={label} className={linkStyle}>
        {children}
      </a>
    );
  }
  return (
    <a href={link.href} title={link.href} rel="noreferrer noopener" target="_blank" className={linkStyle}>
      {children}
      {link.kind === 'outside' && (
        <ExternalLink className="ml-0.5 inline size-3 align-baseline" aria-hidden />
      )}
      <span className="sr-only"> (in a new tab)</span>
    </a>
  );
}

/** No image of another server is fetched: it would tell that server who reads here. Its words and address stand for it. */
function ImageLink({ src, alt }: Of<'img'>) {
  const link = typeof src === 'string' ? readMarkdownLink(src) : null;
  const words = alt?.trim() || 'Image without a description';
  const body = (
    <>
      <Image className="mr-1 inline size-4 align-text-bottom" aria-hidden />
      <span className="sr-only">Image: </span>
      {words}
    </>
  );
  if (link === null || link.kind === 'place' || link.kind === 'article') {
    return <span className="text-muted">{body}</span>;
  }
  return (
    <a href={link.href} title={link.href} rel="noreferrer noopener" target="_blank" className={linkStyle}>
      {body}
      <span className="sr-only"> (in a new tab)</span>
    </a>
  );
}

/** The page has its own first heading, so all of a text are one level lower. */
function heading(Tag: 'h2' | 'h3' | 'h4' | 'h5' | 'h6', className: string) {
  return function Heading({ children, id, className: own }: Of<'h2'>) {
    const isFootnotes = id === 'footnote-label';
    return (
      <Tag
        id={isFootnotes ? id : placeId(slugify(wordsOf(children)))}
        className={cn('scroll-mt-16 font-semibold first:mt-0', className, isFootnotes && own)}
      >
        {children}
      </Tag>
    );
  };
}

function wordsOf(children: ReactNode): string {
  if (typeof children === 'string') return children;
  if (Array.isArray(children)) return children.map(wordsOf).join('');
  return isValidElement<{ children?: ReactNode }>(children) ? wordsOf(children.props.children) : '';
}

/** What is wider than the column is reached by scrolling; only that is a stop for the keyboard. */
function Scroll({ label, children, className }: { label: string; children: ReactNode; className?: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [isWide, setWide] = useState(false);
  useLayoutEffect(() => {
    const { current } = box;
    if (current === null) return;
    const watcher = new ResizeObserver(() => setWide(current.scrollWidth > current.clientWidth));
    watcher.observe(current);
    return () => watcher.disconnect();
  }, []);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a text may have many, and landmarks of one name help nobody
    <div
      ref={box}
      role="group"
      aria-label={label}
      tabIndex={isWide ? 0 : undefined}
      className={cn('my-3 overflow-x-auto rounded-lg border border-line', className)}
    >
      {children}
    </div>
  );
}

const components: Components = {
  a: TextLink,
  img: ImageLink,
  h1: heading('h2', 'mt-6 mb-2 text-lg'),
  h2: heading('h3', 'mt-5 mb-2 text-base'),
  h3: heading('h4', 'mt-4 mb-1'),
  h4: heading('h5', 'mt-4 mb-1 text-muted'),
  h5: heading('h6', 'mt-4 mb-1 text-muted text-sm'),
  h6: heading('h6', 'mt-4 mb-1 text-muted text-sm'),
  p: ({ children }) => <p className="my-2.5 first:mt-0 last:mb-0">{children}</p>,
  ul: ({ children, className }) => (
    <ul className={cn('my-2.5', className === 'contains-task-list' ? 'pl-1' : 'list-disc pl-5')}>
      {children}
    </ul>
  ),
  ol: ({ children, start }) => (
    <ol start={start} className="my-2.5 list-decimal pl-6">
      {children}
    </ol>
  ),
  li: ({ children, id }) => (
    <li id={id} className="my-1 scroll-mt-16">
      {children}
    </li>
  ),
  input: ({ checked }) => {
    const Icon = checked ? SquareCheck : Square;
    return (
      <>
        <Icon className="mr-1 inline size-4 align-text-bottom text-muted" aria-hidden />
        <span className="sr-only">{checked ? 'Done: ' : 'To do: '}</span>
      </>
    );
  },
  // Footnotes are the only ones that Markdown makes.
  section: ({ children }) => <section className="mt-6 border-line border-t pt-3 text-sm">{children}</section>,
  blockquote: ({ children }) => (
    <blockquote className="my-3 border-line-strong border-l-2 pl-3 text-muted">{children}</blockquote>
  ),
  hr: () => <hr className="my-5 border-line" />,
  pre: ({ children }) => (
    <Scroll label="Code" className="bg-sunken">
      <pre className="w-max px-3 py-2.5 font-mono text-sm [&_code]:rounded-none [&_code]:bg-transparent [&_code]:p-0">
        {children}
      </pre>
    </Scroll>
  ),
  code: ({ children }) => <code className="rounded bg-sunken px-1 py-0.5 font-mono text-sm">{children}</code>,
  table: ({ children }) => (
    <Scroll label="Table">
      <table className="w-max min-w-full border-collapse">{children}</table>
    </Scroll>
  ),
  th: ({ children, style }) => (
    <th
      scope="col"
      style={style}
      className="max-w-96 border-line border-b bg-sunken px-3 py-1.5 text-left font-medium"
    >
      {children}
    </th>
  ),
  td: ({ children, style }) => (
    <td style={style} className="max-w-96 border-line border-t px-3 py-1.5 align-top">
      {children}
    </td>
  ),
};

const plugins = [remarkGfm, refuseExplosions, closeHeadingGaps];
/** Each address is judged where it is used. */
const keepAddress = (address: string) => address;

/** Markdown as elements. HTML in it stays the text that it is. */
export default function Rendered({ text }: { readonly text: string }) {
  return (
    <ReactMarkdown remarkPlugins={plugins} components={components} urlTransform={keepAddress}>
      {text}
    </ReactMarkdown>
  );
}
