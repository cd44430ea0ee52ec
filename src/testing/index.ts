export { ManualClock } from './manual-clock.ts'
export { referenceStorage } from './reference-storage.ts'
export { storageContract } from './storage-contract.ts'
export type { StorageContractCase, StorageContractOptions } from './storage-contract.ts'
export { adapterContract } from './adapter-contract.ts'
export type { AdapterContractCase } from './adapter-contract.ts'
export { type AdapterLimit, type AdapterLimiter, AppParts, type AdapterParts } from './adapter-contract/app-parts.ts'
export type {
  AppSpec,
  BoundLimiter,
  ExemptSpec,
  GroupSpec,
  Handler,
  HandlerContext,
  LimitedFunction,
  LimiterSpec,
  LimitSpec,
  Reply,
  RequestView,
  ResponseView,
  RouteSpec,
} from './adapter-contract/app-spec.ts'
export type { AdapterApp, AdapterHarness, Answer, Capability, RequestOptions } from './adapter-contract/harness.ts'
export { serve } from './adapter-contract/serve.ts'
