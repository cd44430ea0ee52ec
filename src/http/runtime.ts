/** Carries a value along with everything that is begun while a function runs. */
export interface AsyncContext<T> {
  run<R>(value: T, fn: () => R): R
  getStore(): T | undefined
}

type AsyncContextClass = new <T>() => AsyncContext<T>

interface Runtime {
  readonly AsyncLocalStorage?: AsyncContextClass
  readonly process?: { getBuiltinModule?(name: string): object | undefined }
}

/** A module of Node, where there is one: asked for at run time, so that nothing depends on it. */
function builtinModule<T extends object>(name: string): Partial<T> {
  try {
    return (globalThis as Runtime).process?.getBuiltinModule?.(name) ?? {}
  } catch {
    // The edge runtime of Next.js has the function, which throws.
    return {}
  }
}

/** An `AsyncLocalStorage`, where the runtime has it. */
export function createAsyncContext<T>(): AsyncContext<T> | undefined {
  const Context =
    (globalThis as Runtime).AsyncLocalStorage ??
    builtinModule<{ AsyncLocalStorage: AsyncContextClass }>('node:async_hooks').AsyncLocalStorage
  return Context && new Context<T>()
}

/** Whether this process is one of several that Node's `cluster` has started. */
export function isClusterWorker(): boolean {
  return builtinModule<{ isWorker: boolean }>('node:cluster').isWorker === true
}
