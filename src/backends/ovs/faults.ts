// SPDX-License-Identifier: GPL-2.0-only
/** What Open vSwitch refuses, in one error that names the rule or the port. */
import { z } from 'zod';
import { HoplabError } from '../../model/errors.ts';
import type { BackendPlan } from '../../model/plan.ts';
import { showArgv } from '../../system/show-argv.ts';
import { flowsOf } from './daemons.ts';

/** The error of a failed command; of one that added a rule, LAB_FILE_INVALID with the rule and what ovs-ofctl said. */
export function explain(error: unknown, plan: BackendPlan): unknown {
  if (!(error instanceof HoplabError) || error.code !== 'COMMAND_FAILED') return error;
  const { message } = error;
  const [flow] = flowsOf(plan)
    .filter((each) => message.includes('ovs-ofctl') && message.includes(`${showArgv([each])}\``))
    .sort((a, b) => b.length - a.length);
  if (flow === undefined) return error;
  const said = message.slice(message.lastIndexOf('ovs-ofctl: ')).split('\n')[0] ?? message;
  return new HoplabError({
    code: 'LAB_FILE_INVALID',
    message: `add the OpenFlow rule "${flow}": ${said}`,
    hint: 'rules are written as in ovs-fields(7) and ovs-actions(7); port 1 is the tap, port 2 the wire',
    cause: error,
  });
}

export interface RefusedPort {
  readonly name: string;
  readonly type: string;
  readonly error: string;
}

/** The rows of `LIST_PORTS`; a column without a value is an empty set (ovsdb-client's JSON, RFC 7047 5.1). */
const listingSchema = z.object({ data: z.array(z.tuple([z.string(), z.string(), z.unknown()])) });

/** The first port that is in the database and not in the switch, where ovs-vsctl still ends with success; null = none. */
export function refusedPort(listing: string): RefusedPort | null {
  const { data } = listingSchema.parse(JSON.parse(listing));
  for (const [name, type, error] of data) if (typeof error === 'string') return { name, type, error };
  return null;
}
