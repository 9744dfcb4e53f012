// SPDX-License-Identifier: GPL-2.0-only
/** The computing thread of the dashboard. */
import { experiments } from '../experiments/index.ts';
import { answerTasks } from './answer-tasks.ts';

answerTasks(experiments);
