import {
  Activity,
  BookOpen,
  Building2,
  ChartNoAxesColumn,
  FileClock,
  Gauge,
  KeyRound,
  ListChecks,
  type LucideIcon,
  MessagesSquare,
  RadioTower,
  Settings,
  ShieldCheck,
  Ticket,
  Users,
  UsersRound,
  Webhook,
} from 'lucide-react';
import type { Area } from '../../../src/core/roles.ts';

export interface Destination {
  readonly label: string;
  readonly to: string;
  readonly icon: LucideIcon;
  /** Other words under which people look for it. */
  readonly keywords?: string;
  /** Who may read nothing of it is not led there. */
  readonly area?: Area;
}

export interface Section {
  readonly label: string;
  readonly items: readonly Destination[];
}

/** What the side bar and the palette lead to. */
export const sections: readonly Section[] = [
  {
    label: 'Keys',
    items: [
      {
        label: 'Overview',
        to: '/overview',
        icon: ChartNoAxesColumn,
        keywords: 'dashboard home flags anomalies',
      },
      { label: 'API keys', to: '/keys', icon: KeyRound, keywords: 'credentials secrets tokens' },
      { label: 'Logs', to: '/logs', icon: Activity, keywords: 'requests live tail', area: 'logs' },
      {
        label: 'Audit log',
        to: '/audit-log',
        icon: FileClock,
        keywords: 'history changes chain',
        area: 'audit',
      },
      { label: 'Jobs', to: '/jobs', icon: ListChecks, keywords: 'background imports exports' },
    ],
  },
  {
    label: 'Data',
    items: [
      { label: 'Knowledge base', to: '/knowledge-base', icon: BookOpen, keywords: 'articles docs help' },
      { label: 'Customers', to: '/customers', icon: Building2 },
      { label: 'Contacts', to: '/contacts', icon: Users },
      { label: 'Conversations', to: '/conversations', icon: MessagesSquare, keywords: 'messages inbox' },
      { label: 'Licences', to: '/licenses', icon: Ticket, keywords: 'licenses products activations' },
      { label: 'Telemetry', to: '/telemetry', icon: RadioTower },
      { label: 'Webhooks', to: '/webhooks', icon: Webhook, keywords: 'deliveries events', area: 'settings' },
    ],
  },
  {
    label: 'Organisation',
    items: [
      {
        label: 'Members',
        to: '/members',
        icon: UsersRound,
        keywords: 'people invite roles',
        area: 'members',
      },
      {
        label: 'Settings',
        to: '/settings',
        icon: Settings,
        keywords: 'alerts policy retention',
        area: 'settings',
      },
      { label: 'Scopes', to: '/scopes', icon: ShieldCheck, keywords: 'permissions bundles reference' },
      { label: 'Rate limits', to: '/rate-limits', icon: Gauge, keywords: 'tiers reference' },
    ],
  },
];
