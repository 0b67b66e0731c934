import type { Parameter } from './parameter.ts';
import { DELIVERY_CATEGORIES } from './standard-names.ts';

/**
 * custom_data: what the event is about (parameters/custom-data, read 2026-09-12; the two CRM keys: conversion-leads
 * payload-specification). Any other key is a custom property and is passed as it is.
 */
export const CUSTOM_DATA = {
  value: {
    type: 'number',
    description: 'Worth of the event as a number in units of the currency. Required for Purchase; needs currency.',
    example: 142.52,
  },
  currency: {
    type: 'string',
    description: 'ISO 4217 code of value. Required for Purchase.',
    example: 'USD',
  },
  order_id: {
    type: 'string',
    description: 'Id of the order; one order is counted once.',
    example: 'A-4711',
  },
  content_ids: {
    type: 'string-list',
    description: 'Ids of the products as in the catalogue, such as SKUs.',
    example: ['SKU-1', 'SKU-2'],
  },
  contents: {
    type: 'object-list',
    description: 'The products one by one: id, and where known quantity and item_price.',
    example: [{ id: 'SKU-1', quantity: 2, item_price: 19.9 }],
  },
  content_type: {
    type: 'string',
    values: ['product', 'product_group'],
    description: 'Whether the ids are those of products or of product groups.',
    example: 'product',
  },
  content_name: { type: 'string', description: 'Name of the product or page.', example: 'Trail shoes' },
  content_category: { type: 'string', description: 'Category of the product or page.', example: 'shoes' },
  num_items: { type: 'integer', description: 'Number of items; for InitiateCheckout.', example: 3 },
  item_number: {
    type: 'string',
    description: 'Tells the lines of one order apart in the deduplication of physical_store events.',
    example: '2',
  },
  predicted_ltv: { type: 'number', description: 'Predicted lifetime value of the customer.', example: 432.1 },
  net_revenue: { type: 'number', description: 'Margin of the event, in the currency.', example: 31.5 },
  search_string: { type: 'string', description: 'What was searched for; for Search.', example: 'trail shoes' },
  status: { type: 'string', description: 'State of the registration; for CompleteRegistration.', example: 'completed' },
  delivery_category: {
    type: 'string',
    values: DELIVERY_CATEGORIES,
    description: 'How the order is delivered; for Purchase.',
    example: 'home_delivery',
  },
  lead_event_source: {
    type: 'string',
    description: 'Name of the CRM; Conversion Leads are not used without it.',
    example: 'HubSpot',
  },
  event_source: {
    type: 'string',
    description: '`crm` for Conversion Leads; they are not used without it.',
    example: 'crm',
  },
} as const satisfies Record<string, Parameter>;

export type CustomDataKey = keyof typeof CUSTOM_DATA;

/** One item of `contents` (parameters/custom-data and offline-events, read 2026-09-12). */
export const CONTENT_ITEM = {
  id: { type: 'string', required: true, description: 'Id of the product as in the catalogue.', example: 'SKU-1' },
  quantity: { type: 'integer', description: 'How many of it; store and catalogue events need it.', example: 2 },
  item_price: { type: 'number', description: 'Price of one.', example: 19.9 },
  title: { type: 'string', description: 'Title of the product.', example: 'Trail shoes' },
  description: { type: 'string', description: 'Description of the product.', example: 'Light shoes for wet trails' },
  brand: { type: 'string', description: 'Brand of the product.', example: 'Example Sports' },
  category: { type: 'string', description: 'Category of the product.', example: 'shoes' },
  price: { type: 'number', description: 'Price of one in store events.', example: 19.9 },
  delivery_category: {
    type: 'string',
    values: DELIVERY_CATEGORIES,
    description: 'How this product is delivered.',
    example: 'in_store',
  },
} as const satisfies Record<string, Parameter>;

export type ContentItemKey = keyof typeof CONTENT_ITEM;
