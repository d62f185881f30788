//! The parts of the pages: one subject per file, same names as `style/components/*.css` where there is a look.
//!
//! Components show stores and send intents; they know no socket and no JSON, and all their words are in `locales`.

