/** Plan -> Lab: opens the namespaces, builds both hosts and attaches every path. */
import { HoplabError, reasonOf } from '../../model/errors.ts';
import type { PathPlan, Plan } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import { Journal } from '../../system/journal.ts';
import { LabNamespaces } from '../../system/namespaces.ts';
import { Scope } from '../../system/scope.ts';
import { planHosts } from '../plan/host-steps.ts';
import { type AttachedPath, applyStep, attachPath, type LabExecutor } from './attach.ts';
import { createExecutor } from './executor.ts';

interface FailedPath {
  readonly plan: PathPlan;
  readonly error: HoplabError;
}

/** A live lab. Disposing it ends every process inside and removes all of it. */
export interface Lab extends AsyncDisposable {
  readonly id: string;
  readonly plan: Plan;
  readonly namespaces: LabNamespaces;
  readonly executor: LabExecutor;
  readonly attached: ReadonlyMap<string, AttachedPath>;
  /** Paths that could not be attached: the others go on without them. */
  readonly failed: readonly FailedPath[];
  /** What is about to be made outside its namespaces is written down first. */
  readonly journal: Pick<Journal, 'record'>;
  /** The log file of one of its processes. */
  logPath(name: string): string;
}

export interface OpenOptions {
  readonly id: string;
  readonly signal: AbortSignal;
  readonly logPath: (name: string) => string;
  readonly progress: Progress;
}

/** Opens the lab. Throws what the hosts' own steps throw, and the error of a path when none could be attached. */
export async function openLab(plan: Plan, options: OpenOptions): Promise<Lab> {
  const { signal, logPath, progress } = options;
  const journal = await Journal.create(options.id);
  const scope = new Scope();
  scope.defer('remove the journal', () => journal.remove());
  try {
    const namespaces = scope.use('close the namespaces', await LabNamespaces.open({ signal, journal }));
    const { hostCpu: cpu, fifoPriority: fifo } = plan.placement;
    const executor = createExecutor({ namespaces, logPath, cpu, fifo });
    // Undos of single steps are not owed here: what is inside the lab's namespaces ends with them.
    const inside = new Scope();
    for (const step of planHosts()) await applyStep(step, { executor, scope: inside, signal });
    const attached = new Map<string, AttachedPath>();
    const failed: FailedPath[] = [];
    const count = plan.paths.length;
    await progress.step(`attach ${count} path${count === 1 ? '' : 's'}`, async () => {
      for (const path of plan.paths) {
        try {
          attached.set(path.name, await attachPath(path, { executor, signal }));
        } catch (error) {
          signal.throwIfAborted();
          failed.push({ plan: path, error: asHoplabError(path.name, error) });
        }
      }
    });
    const first = failed[0];
    if (attached.size === 0 && first !== undefined) throw first.error;
    return {
      id: options.id,
      plan,
      namespaces,
      executor,
      attached,
      failed,
      journal,
      logPath,
      [Symbol.asyncDispose]: () => scope.close(),
    };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

/** What the backends found out as they attached, with the path's name; a twin's is that of its original. */
export function attachWarnings({ attached }: Pick<Lab, 'attached'>): string[] {
  return [...attached.values()]
    .filter(({ plan }) => plan.twinOf === null)
    .flatMap(({ plan, attached: { warnings = [] } }) => warnings.map((text) => `${plan.name}: ${text}`));
}

function asHoplabError(path: string, error: unknown): HoplabError {
  if (error instanceof HoplabError) return error;
  return new HoplabError({ code: 'LAB_FAILED', message: `attach path ${path}: ${reasonOf(error)}`, cause: error });
}
