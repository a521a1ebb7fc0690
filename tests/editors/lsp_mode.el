;;; An init.el with lsp-mode, somebody else's server and ours, for test_emacs.py -*- lexical-binding: t -*-

(defvar found) (defvar other) (defvar configuration)

(setq load-path (append found load-path)
      make-backup-files nil python-indent-guess-indent-offset nil
      lsp-auto-guess-root t lsp-client-packages nil ; no other servers that this machine may have
      lsp-modeline-code-actions-segments '(name)
      warning-minimum-level :error)
(load "lsp-mode-autoloads")
(load configuration)

(with-eval-after-load 'lsp-mode
  (lsp-register-custom-settings '(("mistralLsp.completion.max_tokens" 7)))
  (lsp-register-client (make-lsp-client :server-id 'linter
                                        :new-connection (lsp-stdio-connection other)
                                        :major-modes '(python-mode))))

;; In the mode line: the language, how many servers run, and what can be done at the cursor.
(defvar-local servers 0)
(setq-default mode-line-format '("[" mode-name " " (:eval (number-to-string servers)) "] " global-mode-string))
(add-hook 'lsp-after-open-hook (lambda () (cl-incf servers)))
