/** Pages around signing in, in the bank's colour. */
import { brandColour, followTheme } from '../shared/theme.js';

brandColour.value = document.querySelector('meta[name="brand-colour"]').content;
followTheme();
