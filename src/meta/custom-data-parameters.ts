import type { Parameter } from './parameter.ts';
import { CONTENT_TYPES, CUSTOMER_SEGMENTATIONS, DELIVERY_CATEGORIES } from './standard-names.ts';
import { TRADE_PARAMETERS } from './trade-parameters.ts';

/**
 * custom_data: what the event is about (parameters/custom-data, read 2026-09-12; the two CRM keys: conversion-leads
 * payload-specification; store_data: offline-events). Any other key is a custom property and is passed as it is.
 */
export const CUSTOM_DATA = {
  value: {
    type: 'number',
    money: true,
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
    values: CONTENT_TYPES,
    description: 'What the ids are ids of: products, product groups, or things of another kind of catalogue.',
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
  predicted_ltv: {
    type: 'number',
    money: true,
    description: 'Predicted lifetime value of the customer.',
    example: 432.1,
  },
  net_revenue: { type: 'number', money: true, description: 'Margin of the event, in the currency.', example: 31.5 },
  search_string: { type: 'string', description: 'What was searched for; for Search.', example: 'trail shoes' },
  status: { type: 'string', description: 'State of the registration; for CompleteRegistration.', example: 'completed' },
  delivery_category: {
    type: 'string',
    values: DELIVERY_CATEGORIES,
    strict: true,
    description: 'How the order is delivered; for Purchase.',
    example: 'home_delivery',
  },
  lead_event_source: {
    type: 'string',
    description: 'Name of the CRM; Conversion Leads are not used without it, and not without event_source.',
    example: 'HubSpot',
  },
  event_source: {
    type: 'string',
    description: '`crm` for Conversion Leads; such an event needs lead_event_source and system_generated too.',
    example: 'crm',
  },
  store_data: {
    type: 'object',
    description: 'The store, for physical_store events.',
    example: { store_code: 'BER042' },
  },
  customer_segmentation: {
    type: 'string',
    values: CUSTOMER_SEGMENTATIONS,
    strict: true,
    description:
      "Whether the customer is new or known. Meta's page lists it for the event; its sample has it here. Use one of the two.",
    example: 'new_customer_to_business',
  },
  ad_type: { type: 'string', description: 'Kind of the ad.', example: 'banner' },
  ...TRADE_PARAMETERS,
} as const satisfies Record<string, Parameter>;

export type CustomDataKey = keyof typeof CUSTOM_DATA;

/** One item of `contents` (parameters/custom-data and offline-events, read 2026-09-12). */
export const CONTENT_ITEM = {
  id: { type: 'string', required: true, description: 'Id of the product as in the catalogue.', example: 'SKU-1' },
  quantity: { type: 'integer', description: 'How many of it; store and catalogue events need it.', example: 2 },
  item_price: { type: 'number', money: true, description: 'Price of one.', example: 19.9 },
  title: { type: 'string', description: 'Title of the product.', example: 'Trail shoes' },
  description: { type: 'string', description: 'Description of the product.', example: 'Light shoes for wet trails' },
  brand: { type: 'string', description: 'Brand of the product.', example: 'Example Sports' },
  category: { type: 'string', description: 'Category of the product.', example: 'shoes' },
  price: { type: 'number', money: true, description: 'Price of one in store events.', example: 19.9 },
  delivery_category: {
    type: 'string',
    values: DELIVERY_CATEGORIES,
    strict: true,
    description: 'How this product is delivered.',
    example: 'in_store',
  },
} as const satisfies Record<string, Parameter>;

export type ContentItemKey = keyof typeof CONTENT_ITEM;
