<?php
// Part of the agent, see ../agent.php: what leaves the site and what is saved while a verb runs.

$fusebox_agent->gate = new class( $fusebox_agent ) {
	/** HTTP requests let through, and those withheld, and whether a limit was met. */
	public $requests = 0;
	public $withheld = 0;
	public $limit    = '';
	/** Whether the request spends: then a token request is the one thing that leaves. */
	public $spends = false;
	/** Status and body of the last HTTP answer, before the plugin makes something of it. */
	public $seen = null;
	/** What the first of the two filters decided on the request that passes them. */
	private $verdict = null;
	private $agent;

	public function __construct( $agent ) {
		$this->agent = $agent;
	}

	/**
	 * From here to the end of the process no token request leaves the site (or nothing else, where one is to be spent),
	 * nothing leaves beyond the limits, and no setting is saved but a spent token's successor.
	 */
	public function withhold() {
		add_filter( 'pre_http_request', array( $this, 'before_others' ), PHP_INT_MIN, 3 );
		add_filter( 'pre_http_request', array( $this, 'after_others' ), PHP_INT_MAX, 3 );
		add_filter( 'http_request_args', array( $this, 'in_time' ), PHP_INT_MAX );
		add_action( 'requests-requests.before_redirect', array( $this, 'follow' ), PHP_INT_MAX, 4 );
		add_filter( 'http_response', array( $this, 'see' ), PHP_INT_MIN );
		add_filter( 'pre_update_option', array( $this, 'unchanged' ), PHP_INT_MAX, 3 );
	}

	public function before_others( $answer, $args, $url ) {
		$this->verdict = $this->judge( $args, $url );
		if ( null === $this->verdict ) {
			++$this->requests;
			return $answer;
		}
		return $this->verdict;
	}

	/** Another plugin's filter may have turned a refusal back into leave. */
	public function after_others( $answer, $args, $url ) {
		if ( null === $this->verdict && ! $this->spends && $this->is_token_request( $args, $url ) ) {
			$this->verdict = $this->judge( $args, $url );
		}
		return null === $this->verdict ? $answer : $this->verdict;
	}

	private function judge( $args, $url ) {
		if ( $this->spends !== $this->is_token_request( $args, $url ) ) {
			++$this->withheld;
			return new WP_Error( 'fusebox_withheld', 'refresh withheld' );
		}
		if ( $this->requests >= $this->agent->request['max_requests'] ) {
			$this->limit = 'More than ' . $this->agent->request['max_requests'] . ' requests: stopped.';
			return new WP_Error( 'fusebox_limit', $this->limit );
		}
		if ( microtime( true ) >= $this->agent->ends ) {
			$this->limit = 'Longer than ' . $this->agent->request['deadline_s'] . ' s: stopped.';
			return new WP_Error( 'fusebox_limit', $this->limit );
		}
		return null;
	}

	/** By Salesforce's address, by the address that a filter of the site put in its place, and by what is sent. */
	private function is_token_request( $args, $url ) {
		if ( false !== strpos( $url, '/services/oauth2/' ) || false !== strpos( $url, 'grant_type=' ) ) {
			return true;
		}
		$auth_url = isset( $this->agent->site->crm->auth_url ) ? (string) $this->agent->site->crm->auth_url : '';
		if ( '' !== $auth_url && 0 === strpos( $url, $auth_url ) ) {
			return true;
		}
		$body = isset( $args['body'] ) ? $args['body'] : '';
		return is_array( $body ) ? isset( $body['grant_type'] ) : is_string( $body ) && false !== strpos( $body, 'grant_type' );
	}

	public function in_time( $args ) {
		$timeout         = isset( $args['timeout'] ) ? (float) $args['timeout'] : 5;
		$args['timeout'] = min( $timeout, $this->left() );
		return $args;
	}

	private function left() {
		return max( 1.0, $this->agent->ends - microtime( true ) );
	}

	/** WordPress follows five redirects by itself, past the filters: they count, and share the time. */
	public function follow( $location, $headers, $data, &$options ) {
		++$this->requests;
		$options['timeout'] = min( $options['timeout'], $this->left() );
	}

	public function see( $response ) {
		$this->seen = array( 'code' => (int) wp_remote_retrieve_response_code( $response ), 'body' => wp_remote_retrieve_body( $response ) );
		return $response;
	}

	/** With the old password flow an empty token would be stored after a refused refresh; and the plugin saves all it loaded. */
	public function unchanged( $value, $option, $before ) {
		if ( $this->spends && 'wpf_options' === $option && is_array( $before ) && is_array( $value ) ) {
			return array_merge( $before, array_filter( array_intersect_key( $value, array( 'sf_access_token' => 0, 'sf_refresh_token' => 0 ) ) ) );
		}
		return 0 === strpos( $option, 'wpf_' ) ? $before : $value;
	}
};
