import type {
  DynamicModule,
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Provider,
  Type,
} from '@nestjs/common'
import { ConfigurationError } from '../../errors.ts'
import type { ConfiguredOptions } from '../../limiter/from-config.ts'
import { show } from '../../show.ts'
import { metadata, NEST } from './metadata.ts'
import { loadCoreModule, NestApp } from './nest-app.ts'
import { createLimiter, NestLimiter, type NestLimiterOptions } from './nest-limiter.ts'
import { SluiceGuard } from './sluice-guard.ts'
import { limiterToken } from './tokens.ts'

/** Options of a limiter, or a limiter that is there already. */
export type SluiceOptions =
  | NestLimiterOptions
  | (Partial<NestLimiterOptions> & ConfiguredOptions)
  | { readonly limiter: NestLimiter }

/** What a module has beside its limiter. */
export interface SluiceModuleOptions {
  /** Whether its guard stands before all handlers of the app, by default true; else it is `@UseGuards(SluiceGuard)` that limits. */
  readonly guard?: boolean | undefined
}

/** Makes options, for `useClass` and `useExisting`. */
export interface SluiceOptionsFactory {
  createSluiceOptions(): SluiceOptions | Promise<SluiceOptions>
}

/** Where the options of a module come from. */
export interface SluiceAsyncOptions extends SluiceModuleOptions, Pick<ModuleMetadata, 'imports'> {
  /** The name of the limiter, in an app with several. */
  readonly name?: string | undefined
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[] | undefined
  readonly useFactory?: ((...args: never[]) => SluiceOptions | Promise<SluiceOptions>) | undefined
  readonly useClass?: Type<SluiceOptionsFactory> | undefined
  readonly useExisting?: Type<SluiceOptionsFactory> | undefined
}

let count = 0

/** Puts a limiter before the handlers of an app, and into its dependency injection. */
export class SluiceModule {
  /** With options at hand. */
  static forRoot({ guard, ...options }: SluiceOptions & SluiceModuleOptions): DynamicModule {
    const name = 'limiter' in options ? options.limiter.name : options.name
    return moduleOf(name, guard, [], { inject: [], useFactory: () => options })
  }

  /** With options that come of a factory. */
  static forRootAsync(options: SluiceAsyncOptions): DynamicModule {
    const { name, guard, imports = [], inject = [], useFactory, useClass, useExisting } = options
    const factory = useClass ?? useExisting
    if (useFactory) return moduleOf(name, guard, imports, { inject, useFactory: useFactory as Make })
    if (!factory) {
      throw new ConfigurationError(
        `SluiceModule.forRootAsync: expected useFactory, useClass or useExisting, got ${show(options)}`,
      )
    }
    const make = (made: SluiceOptionsFactory): SluiceOptions | Promise<SluiceOptions> => made.createSluiceOptions()
    return moduleOf(name, guard, imports, { inject: [factory], useFactory: make as Make }, useClass ? [useClass] : [])
  }
}

type Make = (...args: unknown[]) => SluiceOptions | Promise<SluiceOptions>

interface Source {
  readonly inject: (InjectionToken | OptionalFactoryDependency)[]
  readonly useFactory: Make
}

function moduleOf(
  name: string | undefined,
  guard: boolean | undefined,
  imports: NonNullable<ModuleMetadata['imports']>,
  { inject, useFactory }: Source,
  providers: Provider[] = [],
): DynamicModule {
  metadata().defineMetadata(NEST.paramTypes, [NestLimiter, NestApp], SluiceGuard)
  const token = limiterToken(name)
  const limiter: Provider = {
    provide: token,
    inject: [NestApp, ...inject],
    useFactory: async (app: NestApp, ...args: unknown[]) => {
      const options = await useFactory(...args)
      const isGiven = 'limiter' in options
      const made = isGiven ? options.limiter : createLimiter(name === undefined ? options : { ...options, name })
      if (made.name !== (name ?? '')) {
        throw new ConfigurationError(
          `SluiceModule.forRootAsync: the limiter is called ${show(made.name)}; say so beside the factory, by name: ${show(made.name)}`,
        )
      }
      return app.install(made, !isGiven)
    },
  }
  const globalGuard: Provider = {
    provide: APP_GUARD,
    inject: [token, NestApp],
    useFactory: (made: NestLimiter, app: NestApp) => new SluiceGuard(made, app),
  }
  count += 1
  return {
    module: SluiceModule,
    global: true,
    imports: [...imports, loadCoreModule()],
    // Nest 10 takes two modules for one whose texts are the same.
    providers: [
      ...providers,
      limiter,
      ...(guard === false ? [] : [globalGuard]),
      { provide: `sluice.module.${count}`, useValue: count },
    ],
    exports: [token],
  }
}

/** Nest's own token for guards of the whole app. */
const APP_GUARD = 'APP_GUARD'
