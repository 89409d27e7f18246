import { TabLinks } from '@/components/ui/tabs.tsx';

export function LicenseTabs() {
  return (
    <TabLinks
      label="Licences and products"
      className="mb-4"
      tabs={[
        { label: 'Licences', to: '/licenses' },
        { label: 'Products', to: '/products' },
      ]}
    />
  );
}
