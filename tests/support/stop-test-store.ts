import { stopPrograms } from '../../scripts/local/program.ts';

export default stopPrograms;
