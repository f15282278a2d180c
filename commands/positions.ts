import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'positions', summary: 'not built yet' });
