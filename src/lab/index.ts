/** What the command line calls. */
export { collectGarbage } from '../system/gc.ts';
export { type DiagnoseOutcome, type DiagnoseRequest, diagnoseLab } from './diagnose.ts';
export { type ExplainedPath, type ExplainRequest, explainTrace } from './explain.ts';
export { planLab } from './plan/plan.ts';
export { renderPlan } from './plan/render-plan.ts';
export { runLab } from './run.ts';
export { openShell, type ShellRequest } from './shell.ts';
export { traceLab } from './trace.ts';
