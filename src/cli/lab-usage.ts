// SPDX-License-Identifier: GPL-2.0-only
/** How every command that has a lab is called: a lab file, paths of the default lab, or a lab file and paths of it. */
export const LAB_USAGE = '[LABFILE | PATH...]';
